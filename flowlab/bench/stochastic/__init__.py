"""What `flowlab bench` measures of the ODE / SDE room."""
