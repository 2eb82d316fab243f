"""What a reader is shown: the SSA form of a function, and the tables of the textbook."""
