"""What is run to make or examine the project, and is no part of the product."""
