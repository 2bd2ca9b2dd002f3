"""One live exchange on any carrier: carriers, hearing, reasoning, speaking, in the order the data travels."""
