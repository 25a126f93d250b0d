"""The version of the engine: part of every manifest and of every fingerprint."""

VERSION = "0.1.0"
