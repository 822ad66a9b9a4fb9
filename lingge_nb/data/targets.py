from lingge_nb.data.gctx import prepare_targets, plot_targets
