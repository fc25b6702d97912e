"""The same fan-out by three task queues. Each file is what is the queue's own; ``work`` is what is the same for all."""
