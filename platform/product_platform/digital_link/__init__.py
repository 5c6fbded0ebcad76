"""Where scans go: resolution rules, their publication to the edges, and the counting of scans."""
