// The conformance suite of Storage.
