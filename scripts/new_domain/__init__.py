"""Makes the mechanical part of a new domain: `make new-domain NAME=`."""
