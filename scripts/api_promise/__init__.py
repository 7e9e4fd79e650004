"""What `/v1` promises: its document compared with the last one that was released."""
