"""What the checks of our feeds against the servers of others are made of."""
