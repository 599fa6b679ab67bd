"""Many trainings: the list, the slots of a machine or a cluster, the settings, the steps after a training."""
