"""The files that deploy the product, read as their tools read them."""
