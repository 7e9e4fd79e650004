"""Process plumbing: settings, the Temporal client, logs, the embedded servers."""
