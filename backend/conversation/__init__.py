"""One live exchange on any carrier; its folders stand in the order in which the data travels."""
