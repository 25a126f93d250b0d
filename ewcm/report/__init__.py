"""The report room: everything a reader opens is made here, from one CountryResult."""
