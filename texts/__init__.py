"""Every sentence that people read about their orders, in French and English."""
