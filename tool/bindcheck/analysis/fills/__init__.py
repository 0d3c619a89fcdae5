"""Memory that is allocated without a value: who gives its first cells one."""
