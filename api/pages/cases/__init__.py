"""What mediators look at: the queue of disputes, and a case with all that was said and done."""
