# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The real network as it is where there is no epoll."""

from __future__ import annotations

from tcp_health.network.network import Network, _LevelPoller


class LevelNetwork(Network):
    """The real network with the level-triggered poller."""

    def _open_poller(self) -> _LevelPoller:
        if not isinstance(self._poller, _LevelPoller):
            self._poller = _LevelPoller()
        return self._poller
