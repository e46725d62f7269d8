"""The networks of public image checkpoints, with the names that their files give the weights."""
