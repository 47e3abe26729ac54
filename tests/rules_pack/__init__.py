"""The pack under sigma/ against its synthetic events."""
