"""The caveats that can travel with a number, as English sentences under their codes.

A field names how its value is written (see `rmstudy.wording`); the Italian stands in ``locale/it.po``.
"""

from __future__ import annotations

from typing import Final

NOTES: Final[dict[str, str]] = {
    # who was counted
    "pre_only": "Answered before but not after, and not counted: {n:count}.",
    "post_only": "Answered after but not before, and not counted: {n:count}.",
    "covariate_missing": "Without a covariate ({columns:list}), and not counted: {n:count}.",
    "cluster_missing": "Without a value in the cluster column {column}, and not counted: {n:count}.",
    "arm_missing": "Without an arm, and not counted: {n:count}.",
    "item_missing": "Left at least one item unanswered, and not counted: {n:count}.",
    "column_missing": "Without a value ({columns:list}), and not counted: {n:count}.",
    # what cannot be computed
    "constant_difference": "Every person changed by the same amount: the change has no spread, so there is no "
    "standard error, interval or p-value.",
    "no_spread": "The scores have no spread, so nothing can be divided by their standard deviation.",
    "constant_pre": "All starting scores are equal (floor or ceiling?): anything divided by their standard "
    "deviation, and the correlation, is undefined.",
    "correction_undefined": "With {n:count} people the small-sample correction is undefined, so there is no "
    "corrected value.",
    "interval_degenerate": "All the evidence points one way, so an interval from these data would collapse to a "
    "point and is withheld.",
    "no_nonzero_difference": "Nobody changed: there is no difference left to rank.",
    "few_clusters": "{arm}: {n:count} cluster. Fewer than two clusters in a group: the standard error, the "
    "interval and the p-value are withheld, because they would be artefacts.",
    "leverage_one": "A single observation determines a coefficient alone; its standard error is undefined.",
    "no_residual_df": "There are as many coefficients as people: nothing is left to estimate an error from.",
    "no_residual_spread": "The model fits every score exactly: nothing is left to estimate an error from, so there "
    "is no standard error, interval or p-value.",
    "constant_covariate": "The covariate {column} has no variance and was left out.",
    "constant_post": "All later scores are equal (ceiling or floor?): their correlation with the earlier ones is "
    "undefined.",
    "perfect_correlation": "The scores before and after are perfectly correlated: nothing is left to divide the "
    "change by.",
    "level_unreachable": "With {n:count} people, ranks cannot give an interval at the level of {level:percent}; it is "
    "withheld.",
    "interval_ties": "So many people share the same change that the interval collapses to a point; it is withheld.",
    "bootstrap_few": "Only {n:count} people or clusters to resample: with so few, a bootstrap interval is usually too "
    "narrow.",
    "resamples_undefined": "{share:percent} of the resamples gave no value and were left out.",
    "bootstrap_withheld": "The resamples cannot give an interval: they do not spread around the estimate, or too many "
    "have no value.",
    # how far a number can be trusted
    "few_units_counted": "Only {n:count} units: the interval leans on the assumption of normal scores.",
    "small_sample": "Only {n:count} people: the interval leans on the assumption of normal scores.",
    "low_df": "The cluster-robust interval rests on {df:number} effective degrees of freedom: few or unequal "
    "clusters. Read it with care.",
    "spread_changed": "The spread changed between the waves (standard deviation {before:number} before, "
    "{after:number} after): a change in standard deviations depends on which one divides it.",
    "ties": "{share:percent} of the people did not change at all.",
    "slopes_differ": "The effect depends on where people started (p = {p:p}): the adjusted difference holds at "
    "the mean starting score.",
    "baseline_differs": "The groups differ before the programme by {smd:number} standard deviations.",
    "item_negative": "Item {item} runs against the others: was it reversed, or should it be?",
    "item_constant": "Item {item} has the same answer from everybody and was left out.",
    "alpha_negative": "Alpha is negative: the items do not measure one thing as they are keyed.",
    "total_constant": "The items cancel out: everybody has the same total, so alpha is undefined.",
    "low_reliability": "Reliability {value:number} is low: differences between groups can be read, changes of "
    "single people cannot.",
    "rtm_selected_on_outcome": "People were chosen by this very score, so the whole expected shift applies.",
    "rtm_selected_otherwise": "People were chosen in a way that may be related to this score: between none and "
    "all of the full shift ({full:number}) is expected.",
    "rtm_band": "The limits {low:number} and {high:number} are a band of what could be expected, not a confidence "
    "interval.",
    "rtm_stability_assumed_band": "The source gives no uncertainty for the stability of the measure; the band "
    "takes it as {low:number} to {high:number}.",
    "condition_number": "The covariates are nearly collinear (condition number {value:count}): read the "
    "programme's coefficient only.",
    # why the evidence for the programme's merit is as strong as it is
    "merit_before_after": "People are only compared with themselves before: anything else that happened in the "
    "meantime may have changed them.",
    "merit_before_after_units": "Units are only compared with themselves before: anything else that happened in the "
    "meantime may have changed them.",
    "merit_lottery": "A lottery decided who took part, so the groups differed only by chance at the start.",
    "merit_unequal_odds": "A lottery decided who took part, but some had a better chance than others, which this "
    "comparison does not take into account.",
    "merit_adjusted": "The groups were not drawn by lot; the starting point is taken into account.",
    "merit_unadjusted": "The groups were not drawn by lot, and the starting point is not taken into account.",
    "merit_baseline_unknown": "It is not known how the groups differed before the programme.",
    "merit_baseline_alike": "The groups were alike before the programme.",
    "merit_baseline_adjusted": "The groups differed by {smd:number} standard deviations before the programme, which "
    "is adjusted for.",
    "merit_baseline_not_adjusted": "The groups differed by {smd:number} standard deviations before the programme, "
    "which this comparison does not adjust for.",
    "merit_baseline_fails": "The groups differed by {smd:number} standard deviations before the programme: too much "
    "to adjust for.",
    "merit_attrition": "The share of people lost differs between the groups by {points:count} percentage points.",
    "merit_crossed_over": "People of the comparison group who took part after all: {n:count}.",
    "shares_ignore_clusters": "Some of the people share a mentor, which the interval of a share does not take into "
    "account.",
    # why a criterion cannot be judged
    "gate_wave_open": "The wave {wave} is still open.",
    "gate_people": "{group}: fewer than {least:count} people answered before and after.",
    "gate_people_assigned": "{group}: fewer than {least:count} people have the score.",
    "gate_follow_up": "{group}: only {share:percent} of those who answered before answered again; the plan asks for "
    "{least:percent}.",
    "gate_follow_up_assigned": "{group}: only {share:percent} of those assigned have the score; the plan asks for "
    "{least:percent}.",
    "gate_no_interval": "No interval can be computed from these data.",
    "gate_method": "The analysis refuses these data: {reason}",
    "gate_share_threshold": "The target ({threshold:percent}) is not above the share at the start ({start:percent}).",
    # what stands beside a verdict
    "plan_not_locked": "The date of the plan is not proven: it was not locked.",
    "wave_open": "The wave {wave} is still open: this is an interim result.",
    "rtm_unknown": "How much regression to the mean alone could give is not known: the plan does not give "
    "{missing:list} for this measure.",
    "rtm_everyone": "Nobody was selected, so no regression to the mean is expected.",
    "rtm_covers": "Regression to the mean alone could give all of this change.",
    "rtm_below": "The change is smaller than regression to the mean alone would give.",
    "rtm_share": "People were chosen by this very score: regression to the mean alone can make such a share rise.",
    "covariates_unused": "The plan's covariates are used in adjusted comparisons only, not here.",
    "rtm_unclear": "The change cannot be told from chance and regression to the mean.",
    "rtm_beyond": "The change is larger than regression to the mean alone would give.",
    "follow_up": "{group}: {share:percent} of those who answered before answered again.",
    "follow_up_assigned": "{group}: {share:percent} of those assigned have the score.",
    "ceiling": "{share:percent} of the people had the best possible score at the start: they could not improve.",
    "few_units": "Few participants cannot move a whole unit: read changes of units with care.",
    "holm": "One of several criteria is enough for this goal, so the intervals are widened (Holm).",
}
