"""Networks, their training, and trained networks as velocity fields."""
