"""What kind of event it is: Sigma's product, service and category from provider, channel and event id.

Categories and services are the names that Sigma's rules use; ids and channels are those of pySigma's Windows pipelines
(``sigma.pipelines.sysmon``, ``sigma.pipelines.windows``).
"""

from __future__ import annotations

from typing import NamedTuple

SYSMON = "Microsoft-Windows-Sysmon"
SYSMON_LINUX = "Linux-Sysmon"
SECURITY = "Microsoft-Windows-Security-Auditing"


class Kind(NamedTuple):
    """Sigma's log source of one event."""

    product: str | None
    service: str | None
    category: str | None

    def __str__(self) -> str:
        return "/".join(part for part in self if part) or "other"


SYSMON_CATEGORIES = {
    "1": "process_creation",
    "2": "file_change",
    "3": "network_connection",
    "4": "sysmon_status",
    "5": "process_termination",
    "6": "driver_load",
    "7": "image_load",
    "8": "create_remote_thread",
    "9": "raw_access_thread",
    "10": "process_access",
    "11": "file_event",
    "12": "registry_event",
    "13": "registry_set",
    "14": "registry_rename",
    "15": "create_stream_hash",
    "16": "sysmon_status",
    "17": "pipe_created",
    "18": "pipe_created",
    "19": "wmi_event",
    "20": "wmi_event",
    "21": "wmi_event",
    "22": "dns_query",
    "23": "file_delete",
    "24": "clipboard_capture",
    "25": "process_tampering",
    "26": "file_delete",
    "27": "file_block_executable",
    "28": "file_block_shredding",
    "29": "file_executable_detected",
    "255": "sysmon_error",
}

REGISTRY_KEYS = {"CreateKey": "registry_add", "DeleteKey": "registry_delete", "DeleteValue": "registry_delete"}
"""Event 12 is two categories of Sigma; its ``EventType`` tells which."""

CHANNELS = {
    "security": "security",
    "system": "system",
    "application": "application",
    "microsoft-windows-sysmon/operational": "sysmon",
    "linux-sysmon/operational": "sysmon",
    "microsoft-windows-powershell/operational": "powershell",
    "powershellcore/operational": "powershell",
    "windows powershell": "powershell-classic",
    "microsoft-windows-taskscheduler/operational": "taskscheduler",
    "microsoft-windows-wmi-activity/operational": "wmi",
    "dns server": "dns-server",
    "microsoft-windows-dns-server/audit": "dns-server-audit",
    "microsoft-windows-dns-server/analytical": "dns-server-analytic",
    "microsoft-windows-driverframeworks-usermode/operational": "driver-framework",
    "microsoft-windows-ntlm/operational": "ntlm",
    "microsoft-windows-dhcp-server/operational": "dhcp",
    "msexchange management": "msexchange-management",
    "microsoft-windows-applocker/msi and script": "applocker",
    "microsoft-windows-applocker/exe and dll": "applocker",
    "microsoft-windows-applocker/packaged app-deployment": "applocker",
    "microsoft-windows-applocker/packaged app-execution": "applocker",
    "microsoft-windows-printservice/admin": "printservice-admin",
    "microsoft-windows-printservice/operational": "printservice-operational",
    "microsoft-windows-codeintegrity/operational": "codeintegrity-operational",
    "microsoft-windows-smbclient/security": "smbclient-security",
    "microsoft-windows-smbclient/connectivity": "smbclient-connectivity",
    "microsoft-windows-smbserver/connectivity": "smbserver-connectivity",
    "microsoft-windows-windows firewall with advanced security/firewall": "firewall-as",
    "microsoft-windows-bits-client/operational": "bits-client",
    "microsoft-windows-windows defender/operational": "windefend",
    "microsoft-windows-terminalservices-localsessionmanager/operational": "terminalservices-localsessionmanager",
    "microsoft-servicebus-client": "microsoft-servicebus-client",
    "microsoft-windows-ldap-client/debug": "ldap",
    "microsoft-windows-security-mitigations/kernel mode": "security-mitigations",
    "microsoft-windows-security-mitigations/user mode": "security-mitigations",
    "microsoft-windows-diagnosis-scripted/operational": "diagnosis-scripted",
    "microsoft-windows-shell-core/operational": "shell-core",
    "openssh/operational": "openssh",
    "microsoft-windows-bitlocker/bitlocker management": "bitlocker",
    "microsoft-windows-vhdmp/operational": "vhdmp",
    "microsoft-windows-appxdeploymentserver/operational": "appxdeployment-server",
    "microsoft-windows-lsa/operational": "lsa-server",
    "microsoft-windows-appxpackaging/operational": "appxpackaging-om",
    "microsoft-windows-dns client events/operational": "dns-client",
    "microsoft-windows-dns-client/operational": "dns-client",
    "microsoft-windows-appmodel-runtime/admin": "appmodel-runtime",
    "microsoft-windows-capi2/operational": "capi2",
    "microsoft-windows-certificateservicesclient-lifecycle-system/operational": (
        "certificateservicesclient-lifecycle-system"
    ),
}

_OTHERS = {
    ("security", "4688"): "process_creation",
    ("powershell", "4104"): "ps_script",
    ("powershell", "4103"): "ps_module",
    ("powershell-classic", "400"): "ps_classic_start",
    ("powershell-classic", "600"): "ps_classic_provider_start",
    ("powershell-classic", "800"): "ps_module",
}


def windows_kind(
    provider: str | None, channel: str | None, event_id: str | None, event_type: str | None = None
) -> Kind:
    """The kind of an event of a Windows event log, or of Sysmon for Linux, which writes the same shape."""
    if provider in (SYSMON, SYSMON_LINUX):
        category = SYSMON_CATEGORIES.get(event_id or "")
        if event_id == "12":
            category = REGISTRY_KEYS.get(event_type or "", category)
        return Kind("linux" if provider == SYSMON_LINUX else "windows", "sysmon", category)
    service = CHANNELS.get((channel or "").lower())
    if service == "sysmon":  # a source that names the channel but no provider
        linux = (channel or "").lower().startswith("linux")
        return windows_kind(SYSMON_LINUX if linux else SYSMON, None, event_id, event_type)
    if service is None and not channel and provider == SECURITY:
        service = "security"
    return Kind("windows", service, _OTHERS.get((service or "", event_id or "")))
