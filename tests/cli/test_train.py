import threading

from buzon.cli.train import progress_bar


def test_no_thread_of_the_bar_keeps_a_training_from_forking() -> None:
    before = threading.active_count()
    with progress_bar() as tell:
        tell(0.5, "learning")
        assert threading.active_count() == before
