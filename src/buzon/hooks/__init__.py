"""Webhooks as such: their signature, whom they may be sent to, and sending one."""
