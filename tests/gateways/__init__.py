"""The gateways that villages and counties really have, each as the real program, started and stopped by the tests."""
