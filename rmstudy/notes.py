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
    "stratum_missing": "Without a value in the strata column {column}, and not counted: {n:count}.",
    "outcome_partly_missing": "{outcome}: of the people counted, {n:count} have no value of it and count for the "
    "other outcomes only.",
    "arms_together": "People of several arms are taken as one group here: {arms:list}.",
    # what cannot be computed
    "constant_difference": "Every person changed by the same amount: the change has no spread, so there is no "
    "standard error, interval or p-value.",
    "no_spread": "The scores have no spread, so nothing can be divided by their standard deviation.",
    "no_spread_within": "Within each arm everybody has the same score: there is no standard deviation to divide by. "
    "Read the difference in points.",
    "no_spread_comparison": "Everybody in the comparison arm has the same score: there is no standard deviation to "
    "divide by. Read the difference in points.",
    "one_in_arm": "{arm}: one person. The spread comes from the other arm alone, as if both arms spread alike.",
    "one_in_arm_no_interval": "{arm}: one person, whose spread cannot be estimated, so the interval is withheld.",
    "all_tied": "Everybody has the same score: there is nothing to rank, so there is no interval.",
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
    "cluster_alone": "A single cluster determines a coefficient alone; its standard error is undefined.",
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
    "ratio_nobody": "Nobody reached the cut-off in either group: a ratio of nothing to nothing does not exist.",
    "ratio_everybody": "Everybody reached the cut-off in both groups: a ratio of odds does not exist.",
    "ratio_half_added": "A cell of the table is empty, so the interval comes from adding one half to every cell "
    "(Haldane).",
    "ratio_exact": "A cell of the table is empty, so the interval is the exact one that belongs to Fisher's test.",
    "ratio_unbounded": "The ratio divides by an empty cell: it has no value and no upper limit, only the lower "
    "limit {low:number}.",
    "resamples_undefined": "{share:percent} of the resamples gave no value and were left out.",
    "bootstrap_withheld": "The resamples cannot give an interval: they do not spread around the estimate, or too many "
    "have no value.",
    # how a model of clusters or pairs was fitted
    "rows_in_clusters": "Rows are counted: {n:count}, in {clusters:count} clusters ({column}).",
    "labels_reused": "A label of {column} occurs in more than one {outer}, and is taken for another cluster in each.",
    "singular": "The variance between clusters ({columns:list}) is estimated at zero: the estimates and standard "
    "errors are those without it, with Satterthwaite's degrees of freedom on that boundary. With few clusters these "
    "are generous; a Kenward-Roger correction would give fewer.",
    "singular_slope": "The data do not carry both an intercept and a slope ({column}) for each cluster: a variance "
    "is estimated at zero, or the two are perfectly correlated. Read the simpler model without the slope beside it.",
    "negative_within_cluster": "Rows of a cluster are less alike than rows of different clusters (intraclass "
    "correlation {value:number}), which a random intercept cannot show: use compound symmetry, or for pairs a model of "
    "both members.",
    "not_converged": "The fit did not converge: the estimates are provisional, without p-values and intervals.",
    "dyad_incomplete": "Dyads in which a member has no value ({columns:list}), left out whole: {n:count}.",
    "person_in_several_dyads": "People in more than one dyad: {n:count}. These dyads are not independent, so standard "
    "errors are cluster-robust, by everybody who is connected ({clusters:count} clusters).",
    "all_dyads_joined": "All dyads are connected by people they share: there is nothing to estimate an error from, so "
    "there is no standard error, interval or p-value.",
    "alone_in_group": "Alone in their group, and not counted: {n:count}.",
    "unequal_groups": "The groups have {low:count} to {high:count} members: the interval is an approximation.",
    "icc_negative": "In these data members of a group are less alike than strangers. A mixed model would print 0 here.",
    "same_people_in_groups": "Somebody stands in more than one group, which the interval does not take into account.",
    # who left, and what stands in for them
    "nobody_lost": "Nobody was lost, so there is no model of who left.",
    "everybody_lost": "{arm}: everybody was lost, so no later score of theirs can be analysed.",
    "start_missing": "Counted among the lost or those who stayed, but without a starting value ({columns:list}) and so "
    "not in the model of who left: {n:count}.",
    "leaving_separated": "Who left can be told without error, wholly or in part, from the columns ({columns:list}): "
    "complete separation. The model's coefficients are not finite, and are withheld with their p-values.",
    "leaving_not_modelled": "There is no model of who left: {reason}",
    "selection_not_tested": "Too few people left, or stayed, to test whether different people left the two arms.",
    "lee_trimmed": "{lost} lost more people, so as many are set aside in {kept} as would have left {lost}: {n:count}.",
    "lee_untrimmed": "The arms lost nearly the same share of people: nobody has to be set aside, and the bounds are "
    "the difference of those observed.",
    "pooled": "Pooled over {m:count} imputations; the missing scores cost {fmi:percent} of the information.",
    "imputations_agree": "All {m:count} imputations give the same answer: nothing that matters here was missing.",
    "imputations_few": "The missing scores cost {fmi:percent} of the information in one of the estimates: at least "
    "{least:count} imputations would be better.",
    "imputed_lost": "Later scores imputed, {arm}: {n:count}.",
    "tipping_nobody_lost": "Nobody of the programme was lost: no shift can change the conclusion.",
    "tipping_not_shown": "The conclusion does not hold even with nobody shifted, so nothing can tip it.",
    "tipping_beyond": "Shifting the lost by as much as {furthest:count} standard deviations does not change the "
    "conclusion.",
    "weights_equal": "All weights are equal: nobody was lost, or nothing tells those lost from those who stayed.",
    "weights_extreme": "The {n:count} weighted people are worth {size:number}, and the largest weight is "
    "{largest:number} times the average: the result hangs on a few people.",
    # how far a number can be trusted
    "permutations_exact": "Exact: every possible reassignment was counted; the smallest p-value that could come out "
    "is {smallest:p}.",
    "permutations_drawn": "{n:count} reassignments were drawn at random (seed {seed}); the smallest p-value that "
    "could come out is {smallest:p}.",
    "wild_listed": "All {n:count} patterns of signs of the {clusters:count} clusters were used; the smallest p-value "
    "that could come out is {smallest:p}.",
    "wild_drawn": "{n:count} patterns of signs of the clusters were drawn at random (seed {seed}); the smallest "
    "p-value that could come out is {smallest:p}.",
    "wild_few_on_a_side": "Only {n:count} clusters have one of the values of {column}: with so few on one side this "
    "test hardly ever finds anything.",
    "few_units_counted": "Only {n:count} units: the interval leans on the assumption of normal scores.",
    "small_sample": "Only {n:count} people: the interval leans on the assumption of normal scores.",
    "low_df": "The cluster-robust interval rests on {df:number} effective degrees of freedom: few or unequal "
    "clusters. Read it with care.",
    "spread_changed": "The spread changed between the waves (standard deviation {before:number} before, "
    "{after:number} after): a change in standard deviations depends on which one divides it.",
    "ties": "{share:percent} of the people did not change at all.",
    "spreads_differ": "The arms spread unlike (standard deviation {programme:number} in the programme, "
    "{comparison:number} in the comparison): one standard deviation for both describes neither.",
    "separated": "Everybody in one arm scores above everybody in the other: Cliff's interval would collapse to a "
    "point, so Newcombe's is given.",
    "lords_paradox": "The two answers agree on average after a lottery, and the adjusted one is more precise. Where "
    "people were chosen by their starting score, only the adjusted one is right. Where groups chose themselves, the "
    "adjusted one is right if people with the same starting score would have ended alike, the difference of changes "
    "if both groups would have changed alike (Lord's paradox); if either holds, the truth lies between the two.",
    "lords_paradox_signs": "Here the two answers have opposite signs: which one to believe depends on how people "
    "came into their group, not on these numbers.",
    "lords_paradox_zero": "Here one interval excludes zero and the other does not: whether there is an effect at all "
    "depends on how people came into their group.",
    "slopes_differ": "The effect depends on where people started (p {p:compared}): the adjusted difference holds at "
    "the mean starting score.",
    "baseline_differs": "The groups differ before the programme by {smd:number} standard deviations.",
    "dose_not_assigned": "Nobody assigned the dose: people who took more of it may differ in other ways, so the slope "
    "is no proof of an effect.",
    "start_not_adjusted": "The starting score is not taken into account.",
    "dose_mostly_one": "{share:percent} of the people had the same dose: the slope rests on the few others.",
    "dose_curved": "The slope changes with the dose (p {p:compared}): one number for all doses hides that.",
    "moderator_values": "{column}: mean {mean:number}, standard deviation {sd:number}.",
    "moderator_beyond": "Nobody is as far out as {value:number} in {column}: the slope there is an extrapolation.",
    "slope_clear_everywhere": "The interval of the slope excludes zero at every observed value of {column}.",
    "slope_clear_nowhere": "The interval of the slope excludes zero at no observed value of {column}.",
    "slope_clear_above": "The interval of the slope excludes zero where {column} is above {bound:number}.",
    "slope_clear_below": "The interval of the slope excludes zero where {column} is below {bound:number}.",
    "slope_clear_between": "The interval of the slope excludes zero where {column} lies between {low:number} and "
    "{high:number}.",
    "slope_clear_outside": "The interval of the slope excludes zero where {column} is below {low:number} or above "
    "{high:number}.",
    "slope_clear_in_parts": "The interval of the slope excludes zero in several parts of the range of {column}; the "
    "bounds say where it changes.",
    "events_per_covariate": "Only {n:count} people have the rarer answer, for {k:count} covariates: with fewer than "
    "ten for each, odds ratios are too far from one and intervals unreliable.",
    "separation": "The answer can be predicted without error for some people from {columns:list}: the odds ratios are "
    "not finite, so nothing is estimated. Compare shares, or leave a column out.",
    "item_negative": "Item {item} runs against the others: was it reversed, or should it be?",
    "item_constant": "Item {item} has the same answer from everybody and was left out.",
    "alpha_negative": "Alpha is negative: the items do not measure one thing as they are keyed.",
    "total_constant": "The items cancel out: everybody has the same total, so alpha is undefined.",
    "kr20": "All items are scored 0 and 1: this alpha is the Kuder-Richardson formula 20 (KR-20).",
    "omega_two_items": "Two items do not identify a one-factor model, so there is no omega; alpha stands in the "
    "table.",
    "omega_heywood": "The one-factor model leaves no error variance, or a negative one, to {items:list} (Heywood "
    "case): omega is withheld.",
    "omega_dependent": "Some items are exact combinations of others, so a one-factor model cannot be fitted and there "
    "is no omega.",
    "omega_unsolved": "No one-factor model fits these answers properly: omega is withheld.",
    "one_factor_poor": "One factor does not describe these items well (RMSEA {rmsea:number}): omega is the share of a "
    "common factor that may not be there.",
    "retest_meaning": "A correlation over time mixes how precise the score is with how differently people developed "
    "in between; it is the reliability only where nobody really changed.",
    "correlation_few": "With three people a correlation has no interval.",
    "cohort_missing": "Without an effect, and not counted: {cohorts:list}.",
    "cohorts_one": "There is one cohort: nothing is pooled, and nothing can be said of how cohorts differ.",
    "cohorts_counted": "What is counted here are cohorts, not people.",
    "kinds_observed": "Kinds of cohorts were not drawn by lot: a difference between them may come from anything else "
    "that they differ in.",
    "kinds_alone": "Kinds with a single cohort are left out: {kinds:list}.",
    "few_cohorts": "With only {n:count} cohorts, a lack of visible differences between them shows nothing, and their "
    "spread is hardly known. Read each cohort by itself.",
    "hartung_knapp_widened": "The cohorts agree more closely than chance alone would let them, so the interval is kept "
    "from falling below the one that assumes they all share one effect.",
    "no_prediction": "With fewer than three cohorts there is no prediction interval for a new one.",
    "tau_zero": "No differences between cohorts beyond chance were found, which does not show that there are none: "
    "their standard deviation could be up to {high:number}.",
    "tau_no_interval": "The effects lie so close together that no variance between cohorts is compatible with them: it "
    "has no interval.",
    "low_reliability": "Reliability {value:number} is low: differences between groups can be read, changes of "
    "single people cannot.",
    "rtm_selected_on_outcome": "People were chosen by this very score, so the whole expected shift applies.",
    "rtm_selected_otherwise": "People were chosen in a way that may be related to this score: between none and "
    "all of the full shift ({full:number}) is expected.",
    "rtm_band": "The limits {low:number} and {high:number} are a band of what could be expected, not a confidence "
    "interval.",
    "rtm_stability_assumed_band": "The source gives no uncertainty for the stability of the measure; the band "
    "takes it as {low:number} to {high:number}.",
    "condition_number": "Nearly collinear (condition number {value:count}): {columns:list}. Their coefficients cannot "
    "be told apart; those of the other columns can be read.",
    # what a margin fixed beforehand says
    "equivalent": "Equivalent: shown to lie between {low:number} and {high:number} (p {p:compared}).",
    "equivalent_but_different": "It differs from zero as well (p {p:compared}): an effect can be there and still be "
    "too small to matter.",
    "beyond_lower_bound": "Shown to lie above the lower bound of {bound:number} (p {p:compared}).",
    "beyond_upper_bound": "Shown to lie below the upper bound of {bound:number} (p {p:compared}).",
    "outside_bounds": "The opposite is shown: the whole interval lies on the wrong side of a bound.",
    "margin_inconclusive": "Inconclusive: the interval reaches past a bound (p {p:compared}). What is not shown is not "
    "thereby disproved.",
    "bounds_in_sd": "The bounds were given in standard deviations of {sd:number} each.",
    # single people
    "reliability_source": "Reliability {value:number}, from: {source}.",
    "reliable_change_own_spread": "The measurement error is reckoned from the spread of these very people before "
    "(standard deviation {sd:number}); in a selected group that makes it too small, and too many changes count.",
    "reliable_change_range": "With a reliability between {low:number} and {high:number}, the share improved lies "
    "between {least:percent} and {most:percent}.",
    "specifications": "{n:count} analyses of the same question: estimates from {low:number} to {high:number}; of "
    "these, {same:count} have the planned one's sign, and {clear:count} have an interval that excludes zero.",
    "specification_refused": "Not done: {analysis}. {reason}",
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
    "gate_unsure_links": "{share:percent} of the people counted were linked by a candidate that somebody confirmed; "
    "the plan allows {most:percent}.",
    "gate_no_interval": "No interval can be computed from these data.",
    "gate_method": "The analysis refuses these data: {reason}",
    "gate_share_threshold": "The target ({threshold:percent}) is not above the share at the start ({start:percent}).",
    # what stands beside a verdict
    "plan_not_locked": "The date of the plan is not proven: it was not locked.",
    "plan_locked": "The plan was locked on {day:date} (fingerprint {digits}).",
    "plan_locked_again": "It was locked again on {day:date} (keys changed: {keys:count}). The reason given: {reason}",
    "plan_locked_before": "No answer that decides a criterion was in the folder when the plan was locked.",
    "plan_locked_late": "For {late:count} of {all:count} criteria the later answers were already in the folder when "
    "the plan was locked, so the lock does not show that the plan came first.",
    "plan_locked_in_wave": "The plan was locked on a day on which the later wave had begun ({waves:list}): answers may "
    "have lain elsewhere.",
    "answers_altered": "Answers of a wave that was complete when the plan was locked are not the same any more: "
    "{waves:list}.",
    "plan_kept": "The plan is the one that was locked.",
    "plan_changed": "Changed since the plan was locked, number of keys: {keys:count}.",
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
    "verdict_tips_lower": "The verdict would not hold if those of the programme who left had scored {points:number} "
    "points ({sd:number} standard deviations) lower than people like them who stayed.",
    "verdict_tips_higher": "The verdict would not hold if those of the programme who left had scored {points:number} "
    "points ({sd:number} standard deviations) higher than people like them who stayed.",
    "verdict_holds": "The verdict would hold whatever those who left had scored, within reason.",
    "verdict_tipped": "The verdict holds for those who stayed only: with the scores of those who left filled in from "
    "people like them, it does not.",
    "ceiling": "{share:percent} of the people had the best possible score at the start: they could not improve.",
    "few_units": "Few participants cannot move a whole unit: read changes of units with care.",
    "holm": "One of several criteria is enough for this goal, so the intervals are widened (Holm).",
    # what a plan leaves open
    "open_only_reaction": "Goal {goal}: all that would be seen is how people liked it (Kirkpatrick level 1). "
    "Add a criterion of what they learned, do or achieve.",
    "open_level": "Goal {goal}: level is missing: 1 reaction, 2 learning, 3 behaviour, 4 results.",
    "open_method": "Goal {goal}: method is missing: how the programme is to bring it about.",
    "open_many_primary": "Goal {goal}: {n:count} primary criteria must all be met. Each further one makes "
    "that less likely: keep those that decide and make the others secondary.",
    "open_no_comparison": "Goal {goal}: nobody outside the programme is measured. The target may be reached, "
    "but it cannot be shown that the programme did it.",
    "open_rationale": "Criterion {criterion}: rationale is missing: why this threshold and not another?",
    "open_fixed_on": "Criterion {criterion}: fixed_on is missing: the day on which the threshold was fixed.",
    "open_fixed_late": "Criterion {criterion}: the threshold was fixed when the wave {wave} had begun. It may"
    " have been chosen to fit the answers.",
    "open_outcome_selects": "Criterion {criterion}: people are chosen by the score that is to rise "
    "({instrument}). Low scores rise the next time without any programme (regression to the mean). Choose"
    " by another measure, measure twice before, or draw lots.",
    "open_outcome_selects_compared": "Criterion {criterion}: people are chosen by the score that is to rise "
    "({instrument}). Only the difference from the comparison can be read, never the rise itself.",
    "open_stability": "Criterion {criterion}: a change is judged, but what regression to the mean alone "
    "could give cannot be computed without {missing:list}.",
    "open_licence": "It is not known whether a paid report may use these measures (licence, commercial_ok): "
    "{instruments:list}.",
    "open_non_commercial": "Not for commercial use, so not for a report that a client pays for: "
    "{instruments:list}.",
    "open_waves": "waves: when is it measured? Give opened (the first day) for {waves:list}.",
    "open_before_late": "The wave {wave} is to be answered before, but ends after the programme has started.",
    "open_after_early": "The wave {wave} is to be answered after, but begins before the programme has ended.",
    "open_who_takes_part": "design.who_takes_part is missing: who may take part?",
    "open_who_selects": "design.who_selects is missing: who decides who gets a seat?",
    "open_seats": "programme.seats is missing: how many can take part? More applicants than seats make a "
    "lottery possible.",
    "open_recruitment": "programme.recruitment is missing: do people apply (open), or are they picked "
    "(closed)?",
    "open_assignment": "{key} is missing: how do people come into the programme?",
    "open_no_lottery": "{key}: the comparison is not drawn by lot, so the groups may "
    "differ in what nobody measured. At most, the merit of the programme can become plausible.",
    "open_selection": "{key} is missing: people are chosen by criteria, but by which?",
    "open_lottery_possible": "{applicants:count} applicants are expected for {seats:count} seats: a lottery "
    "with a waiting list would cost nothing and could show what the programme did.",
    "open_role_without_goal": "No goal is for the role {role}: what is it to gain?",
    "open_length": "programme.start and programme.end: how long does it last?",
    "open_meetings": "programme.planned_meetings and programme.planned_minutes: how often does a pair meet, "
    "and for how long?",
    "open_meetings_do_not_fit": "{meetings:count} meetings are planned in {days:count} days: more than one a "
    "week for each pair. Plan fewer, or a longer programme.",
    "open_commitment": "monitoring.commitment is missing: what is asked of a pair?",
    "open_progress": "monitoring.progress is missing: who looks at how the pairs get on, and how often?",
    "open_legal_basis": "monitoring.legal_basis is missing: without it the meetings are shown in aggregated "
    "figures only, and no pair can be followed.",
    "open_privacy_basis": "privacy.basis is missing: on what does the use of people's answers rest?",
    "open_contact": "privacy.contact is missing: to whom can people turn about their data?",
    "open_retention": "privacy.retention_until is missing: when are the data deleted?",
    # recruiting: the lottery, who came forward, and what may be claimed
    "lottery_unequal_chances": "The chance of a seat differs between the strata, from {low:percent} to "
    "{high:percent}: only a comparison that takes the strata into account shows what the programme does.",
    "lottery_small_strata": "Strata with fewer than {least:count} applicants: {n:count}. Keep their numbers within "
    "the committee that watches the draw, or draw them together with another stratum.",
    "lottery_certain_strata": "Strata in which everybody or nobody gets a seat: {n:count}. Nothing is drawn there, "
    "and these people cannot be compared.",
    "staff_lacks_value": "Values that applicants have and the table staff does not: {n:count}. Count the staff "
    "again, with the same words.",
    "represented_missing": "Entries that applicants lack in these characteristics, not counted: {n:count}.",
    "represented_withheld": "Not shown, because too few people would stand behind a row: {names:list}.",
    "claim_open": "People applied of their own accord: whatever is found holds for people who come forward, not for "
    "the whole staff.",
    "claim_closed": "People were picked and invited: whatever is found holds for people whom somebody picked, and "
    "who picked them, and why, belongs into the report.",
    "claim_mixed": "Some people were invited and some applied: look at both, because they may differ.",
    "claim_volunteers": "Those who volunteer may gain more, or less, than others would. In an experiment at work, "
    "mentoring helped those who were given it and hardly those who had asked for it. That was one company; it is a "
    "reason for care, not a finding about yours.",
    "claim_way_in_unknown": "The plan does not say whether people apply or are invited (programme.recruitment), so "
    "nobody can say for whom a result holds.",
    "claim_lottery": "A lottery gives the seats: between those with a seat and those without, later differences can "
    "be put down to the programme, within chance.",
    "claim_first_come": "The first to apply get the seats: they may be the keenest, so a later difference need not "
    "be the programme's doing. With more applicants than seats, a lottery costs nothing and settles this.",
    "claim_manager": "Managers choose: they may pick those who would have done well anyway, so a later difference "
    "need not be the programme's doing.",
    "claim_criteria": "Seats go by criteria: those with and without a seat differ by these very criteria, so a later "
    "difference need not be the programme's doing.",
    "claim_self": "Whoever wants a place takes it: those with and without a place differ at least in having wanted "
    "it, so a later difference need not be the programme's doing.",
    "claim_everyone": "Everybody takes part, so a result holds for the whole group; but nobody is left to compare "
    "with, and a change may have other causes.",
    "claim_places_unknown": "The plan does not say how places are given (design.assignment), so it is open whether a "
    "difference can be put down to the programme.",
    "claim_compared_not_drawn": "There is a comparison group that was not drawn by lot: adjust for the start, and "
    "say plausible at most, never shown.",
    "claim_selected_on_outcome": "People are chosen by {instrument}, which is also the outcome: low scorers rise by "
    "themselves when they are measured again. Choose by another measure, or draw lots among them.",
    # what it costs and what it is worth
    "cost_amount_differs": "Costs whose amount is not hours times rate: {n:count}. The amount is what counts.",
    "cost_not_stated": "Costs without an amount, or hours and a rate: {n:count}. They are not in the total, which is "
    "too low.",
    "cost_too_few": "Not worked out for {what}: fewer than {least:count} people.",
    "cost_as_range": "Given as a range for {what}: an exact figure would give fewer than {least:count} people away.",
    "cost_improved_refused": "The cost of a reliably improved person is not worked out. {reason}",
    "cost_improved_counted": "Only people who answered before and after can be seen to improve: {n:count}. Those who "
    "were lost count as not improved, so the true cost may be lower.",
    "cost_improved_comparison": "Of the comparison group, {share:percent} improved as much without the programme. "
    "Their share is not taken off here.",
    "cost_improved_comparison_few": "Of the comparison group, fewer than {least:count} people improved as much "
    "without the programme. They are not taken off here.",
    "cost_improved_comparison_most": "Of the comparison group, all but fewer than {least:count} people improved as "
    "much without the programme. They are not taken off here.",
    "cost_no_upper_limit": "The interval of the share reaches zero, so the cost has no upper limit.",
    "value_assumption": "The value of a point is an assumption, fixed in the plan: {rationale}",
    "value_corners": "Low and high join the ends of the interval with the ends of the assumed value: all that can go "
    "wrong or right at once, wider than the interval's level says.",
    "value_as_assigned": "The effect is that of being offered a place, so everybody with a place is counted, also "
    "those who stayed away.",
    "value_cause_not_shown": "Worked out against advice: the evidence is at level {level:count} of the Maryland "
    "scale, below {least:count}. The change is taken for the programme's doing, which nobody has shown. Do not quote "
    "this figure without this sentence.",
    "value_may_be_loss": "The interval of the effect reaches below zero: a loss beyond the costs is not ruled out.",
    # how the pairs are doing
    "monitor_not_validated": "The rules behind the signs are plausible but not validated: they serve to support pairs "
    "in time, never to judge people.",
    "monitor_no_legal_basis": "The plan states no legal basis for looking at the meetings of single pairs: only "
    "aggregated figures are made.",
    "monitor_no_commitment": "The plan does not say how many meetings are due in which time, so nothing can be behind.",
    "monitor_no_silence": "The plan does not say after how many days a pair counts as silent: only pairs that have "
    "never met are found.",
    "monitor_no_meetings": "No meeting is on record: the figures hold only if none has been held, and not if meetings "
    "are recorded elsewhere.",
    "monitor_end_without_day": "Some pairs have a reason for their end and no day of it. They are taken to go on; fill "
    "in end.",
    "monitor_no_log": "Nobody reported on the meetings: a slide back into hierarchy cannot be seen.",
    "monitor_unknown_meetings": "Meetings on which neither of the two reported: {n:count}. They neither add to a row "
    "of bad meetings nor end one.",
    "monitor_outside": "Meetings before the start or after the end of their pair: {n:count}. They are counted.",
    "monitor_few_ends": "Some pairs may have ended early, but fewer than {least:count}: the retention of pairs is "
    "withheld.",
    # how people were matched
    "match_few_places": "Mentees without a mentor: {n:count}. Places: {places:count}, for {mentees:count} mentees. "
    "More mentors, or mentors who take a second mentee, would change that.",
    "match_few_allowed": "Mentees without a mentor: {n:count}. In a group of {mentees:count} mentees, all mentors whom "
    "the rules allow together have places for {places:count}; the others are ruled out: {rules:list}.",
    "match_idle": "Mentors without a mentee: {n:count}, while {several:count} have more than one. `first: mentors` in "
    "the plan gives each mentor one before anybody gets two, as far as the rules allow.",
    "match_rules_idle": "Mentors without a mentee: {n:count}, although {several:count} have more than one: the rules "
    "allow no other way of giving as many mentees a mentor.",
    "match_part_unknown": "Not known for one of the two, and not counted there ({part}): {n:count} of {pairs:count} "
    "pairs.",
    "match_nothing_known": "Pairs about which nothing that counts is known, with a score of 0: {n:count}.",
    "match_without_arm": "People without an arm, taken in because nobody of their role has one: {n:count}.",
    "match_trait_range": "Closeness in {trait} is a share of the range seen among these people, {low:number} to "
    "{high:number}.",
    "match_day": "Working hours are compared across time zones as they are on {day:date}.",
    "match_mentors_first": "As many mentors as possible with a mentee came first: the total is the highest that this "
    "allows.",
    "match_worst_off": "The worst-off pair came first: the total is the highest that is possible without lowering it.",
}
