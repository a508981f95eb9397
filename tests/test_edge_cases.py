"""Every situation in which usual tools crash or answer nonsense has a test of its own in ``edge_cases/``."""

from __future__ import annotations

import ast
from pathlib import Path

KNOWN = """
paired_constant_difference paired_constant_difference_float_noise paired_no_change_at_all paired_n1 paired_n2
paired_n3 paired_constant_pre paired_huge_t indep_both_constant_equal indep_both_constant_different
indep_control_constant indep_one_per_arm indep_empty_arm mw_all_tied mw_complete_separation wilcoxon_all_zero
float_ties outcome_all_missing one_arm_all_missing perfect_collinearity constant_covariate near_collinearity
leverage_one saturated_model slopes_differ single_cluster one_cluster_per_arm one_treated_cluster
all_singletons missing_cluster_id mixed_no_replication mixed_singular mixed_overparameterised
mixed_nonconvergence mixed_equals_paired_t apim_negative_icc apim_triad apim_same_role
apim_mentor_in_several_dyads apim_x_shared alpha_unreversed alpha_one_item omega_two_items alpha_constant_item
omega_heywood alpha_no_complete_case alpha_negative rci_rxx_one rci_rxx_out_of_range rci_exactly_on_cutoff
tost_bounds_reversed tost_ns_is_not_equivalence meta_k1 meta_k2 meta_zero_variance meta_negative_variance
meta_pi_type_silently_ignored power_zero_effect power_below_alpha power_n_below_2
power_crt_one_cluster_per_arm padjust_na padjust_out_of_range padjust_empty zero_events_one_arm
zero_events_both_arms separation_in_dropout_model attrition_total_in_one_arm no_attrition mi_m1
mi_nothing_missing ipw_positivity lee_bounds_direction icc_groups_of_one icc_negative arm_label_none_or_na
label_whitespace_case contrast_direction post_without_pre_and_reverse id_mismatch_types
pingouin_paired_d_is_not_dz
"""


def test_every_edge_case_has_a_test_of_its_name():
    written = [
        node.name.removeprefix("test_")
        for path in (Path(__file__).parent / "edge_cases").glob("test_edge_*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    assert not set(KNOWN.split()) - set(written), sorted(set(KNOWN.split()) - set(written))
    assert len(written) == len(set(written))
