"""What `flowlab bench` measures: FlowLab and its peers, side by side in one run."""
