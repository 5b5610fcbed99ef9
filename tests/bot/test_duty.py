"""A duty goes on whatever one of its steps raises, and whoever has it is the only one."""

from bot.duty import Duty
from bot.store import Store
from tests.bot.world import wait


def test_a_step_that_raises_what_nobody_expected_does_not_end_the_duty(store: Store) -> None:
    begun: list[str] = []
    steps: list[str] = []

    def step() -> None:
        steps.append("step")
        if len(steps) == 1:
            raise ValueError("a defect of ours")

    duty = Duty(store.leases, "watch", begin=lambda: begun.append("begun"), step=step, seconds=0.05)
    duty.start()
    try:
        wait(lambda: len(steps) > 1, what="the step after the one that failed")
        assert duty.alive
        assert len(begun) == 2
        assert store.leases.take("watch") is None
    finally:
        duty.close()
    assert store.leases.take("watch") is not None
