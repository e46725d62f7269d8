"""The mathematics of FlowLab: torch, numpy and scipy, without Qt, threads or files."""
