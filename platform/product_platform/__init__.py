"""The product-data platform: one package a domain, all of one shape, over a shared kit."""
