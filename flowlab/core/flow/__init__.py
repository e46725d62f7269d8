"""The Flow room: a learned velocity carries one distribution to the other."""
