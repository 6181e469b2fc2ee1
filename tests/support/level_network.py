# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The real network as on a system without epoll."""

from __future__ import annotations

from tcp_health.network.network import Network
from tcp_health.network.pollers import LevelPoller


class LevelNetwork(Network):
    """The real network with the level-triggered poller."""

    def _open_poller(self) -> LevelPoller:
        if not isinstance(self._poller, LevelPoller):
            self._poller = LevelPoller()
        return self._poller
