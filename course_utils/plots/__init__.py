"""Everything the course draws.  Each function draws one thing, takes `alt=` and returns the `Figure`."""

from course_utils.plots.architectures import (
    Paths,
    accuracy_against_seconds,
    accuracy_scatter,
    block_diagram,
    competing_maps,
    cost_by_layer,
    error_timeline,
)
from course_utils.plots.boxes import (
    box_formats,
    boxes_on_photos,
    iou_picture,
    iou_shares,
    losses_of_a_sliding_box,
    pooled_place,
    same_error,
    two_heads,
)
from course_utils.plots.convolution import (
    accuracy_by_position,
    connection_patterns,
    convolution_overview,
    convolution_steps,
    count_bars,
    feature_map_grid,
    feature_map_stack,
    kernel_grid,
    memory_bars,
    padding_diagram,
    padding_grid,
    receptive_field_stack,
    receptive_fields,
    signal_by_layer,
)
from course_utils.plots.explain import (
    answer_bars,
    application_scatter,
    filter_grid,
    heat_maps,
    maps_by_depth,
    preprocessing_comparison,
    speed_size_accuracy,
)
from course_utils.plots.figure import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PALE,
    PALETTE,
    PURPLE,
    RED,
    SKY,
    STYLE,
    YELLOW,
    Figure,
    figure,
    show,
)
from course_utils.plots.images import image_grid
from course_utils.plots.pooling import (
    depth_pool_diagram,
    filter_groups,
    global_average_diagram,
    image_matrix,
    mask_overlays,
    pooled_shift,
    pooling_steps,
    rotation_response,
    share_curves,
    shift_comparison,
)
from course_utils.plots.residual import gradient_by_depth, residual_units, stage_strip
from course_utils.plots.training import plot_history, plot_schedule
from course_utils.plots.transfer import answers, confusion_matrix, ladder, photos_to_scale, worst_mistakes

__all__ = [
    "answer_bars", "application_scatter", "filter_grid", "heat_maps", "maps_by_depth", "preprocessing_comparison",
    "speed_size_accuracy",
    "answers", "confusion_matrix", "ladder", "photos_to_scale", "worst_mistakes",
    "Paths", "accuracy_against_seconds", "accuracy_scatter", "block_diagram", "competing_maps", "cost_by_layer",
    "error_timeline",
    "box_formats", "boxes_on_photos", "iou_picture", "iou_shares", "losses_of_a_sliding_box", "pooled_place",
    "same_error", "two_heads",
    "accuracy_by_position", "connection_patterns", "convolution_overview", "convolution_steps", "count_bars",
    "feature_map_grid", "feature_map_stack", "kernel_grid", "memory_bars", "padding_diagram",
    "padding_grid", "receptive_field_stack", "receptive_fields", "signal_by_layer",
    "depth_pool_diagram", "filter_groups", "global_average_diagram", "image_matrix", "mask_overlays", "pooled_shift",
    "pooling_steps", "rotation_response", "share_curves", "shift_comparison",
    "gradient_by_depth", "residual_units", "stage_strip",
    "BLACK", "BLUE", "GREEN", "GREY", "ORANGE", "PALE", "PALETTE", "PURPLE", "RED", "SKY", "STYLE", "YELLOW",
    "Figure", "figure", "image_grid", "plot_history", "plot_schedule", "show",
]
