"""Many trainings: the list, the slots of one machine or a cluster, the settings, what follows on a training."""
