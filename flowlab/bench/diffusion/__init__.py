"""What `flowlab bench` measures of the diffusion room."""
