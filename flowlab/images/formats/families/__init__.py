"""What tells one family of networks from another: names and shapes of tensors."""
