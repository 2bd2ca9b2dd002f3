"""Everything that shows by use what the product claims."""
