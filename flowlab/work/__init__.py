"""Threads: the trainer and the sampler, without Qt."""
