"""What each rule does to an order, by subject: work, purchases, offers, cancellations, settlements,
disputes, endings and silence. Which rule applies when is said in `domain.rules`."""
