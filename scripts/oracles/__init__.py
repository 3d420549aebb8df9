"""Other people's opinion on STIX: stix2-validator and python-stix2, and where they err."""
