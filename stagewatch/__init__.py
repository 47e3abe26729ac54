"""Stagewatch: Sigma detections for staged data (MITRE ATT&CK T1074) that mean the same on every SIEM platform."""

__version__ = "0.1.0"
