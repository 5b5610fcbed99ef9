"""The bot under kills and faults: what it leaves behind has to be what a calm run leaves."""
