//! What every adapter of `Store` promises. `suite!` runs it on each.

pub mod acts;
mod collections;
mod each;
pub mod objects;
mod sweep;
mod versions;

/// Runs the suite on each adapter.
macro_rules! suite {
    ($($module:ident::$test:ident)+) => {
        suite! { sqlite, crate::place::Folder::new(); $($module::$test)+ }
        suite! { postgres, crate::place::Server::new().await; $($module::$test)+ }
    };
    ($adapter:ident, $place:expr; $($module:ident::$test:ident)+) => {
        mod $adapter {
            use super::{acts, collections, each, objects, sweep, versions};
            use crate::concurrency;

            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    $module::$test(&$place).await;
                }
            )+
        }
    };
}

suite! {
    objects::same_version_is_known_or_a_conflict
    objects::a_late_older_version_is_stored_but_not_current
    objects::revoked_is_final
    objects::of_contents_without_instant_the_last_to_arrive_is_current
    objects::channels_are_apart_and_own_comes_first
    objects::a_purge_leaves_a_row_without_text
    objects::what_is_older_than_a_purged_version_has_no_text
    objects::what_is_restricted_is_found_by_nobody_and_only_a_purge_ends_it
    objects::a_correction_purges_all_but_the_current_version
    versions::every_arrival_is_judged_by_the_rule_book
    versions::in_any_order_lawful_versions_end_the_same
    versions::another_channel_never_changes_the_answer
    versions::a_batch_that_foresaw_something_else_is_refused
    objects::lists_follow_rows_and_filters
    objects::only_current_held_objects_refer
    objects::current_held_objects_are_found_by_their_identifiers
    each::a_question_about_many_answers_what_each_alone_does
    each::who_created_what_is_told_once_and_in_order
    objects::relations_go_out_from_their_source_in_one_channel
    acts::guards_refuse_the_whole_batch
    acts::a_record_written_again_never_repeats_a_revision
    acts::records_come_by_key_or_by_due_date
    collections::sequences_and_dates_only_go_up
    collections::a_page_filters_within_the_collection
    collections::single_versions_are_withdrawn_before_anybody_saw_them
    collections::what_was_handed_out_is_known_after_it_was_withdrawn
    collections::the_bodies_of_a_page_are_its_rows_as_one_text
    collections::bodies_are_read_only_while_all_records_are_as_they_were
    collections::the_newest_of_an_id_or_version_is_named_and_guards
    collections::what_has_no_version_has_the_date_it_was_added
    collections::a_twin_is_forgotten
    collections::what_was_not_handed_out_by_then_is_like_never_published
    collections::paging_sees_each_member_once
    collections::twins_are_kept_by_partner_and_lineage
    acts::logs_give_indexes_roots_and_checkpoints
    objects::search_folds_stems_and_takes_prefixes
    objects::of_the_newest_thousand_hits_the_best_come_first
    objects::what_a_veil_hides_is_neither_found_nor_counted
    acts::quarantine_is_newest_first
    acts::what_was_set_aside_loses_its_text_and_stays_told
    acts::what_is_gone_is_told_whole_and_nothing_else
    acts::a_failing_write_leaves_nothing_of_its_batch
    acts::blobs_are_named_by_their_content
    sweep::a_blob_stays_while_its_object_has_its_text
    sweep::of_an_object_in_any_state_with_a_text_the_blob_stays
    sweep::a_pin_keeps_a_blob_until_it_is_due
    sweep::a_file_without_row_goes_unless_it_is_pinned
    sweep::of_many_names_each_is_looked_at
    sweep::a_store_that_was_carried_elsewhere_is_not_swept
    sweep::no_sweep_takes_what_is_being_imported
    objects::counts_are_of_distinct_objects
    acts::what_was_acknowledged_is_there_after_reopening
    concurrency::sequences_and_logs_have_no_gaps_under_writers_in_two_processes
    concurrency::one_of_many_claimants_wins_a_guard
    concurrency::one_process_is_on_duty_and_another_when_it_is_gone
    concurrency::one_works_off_jobs_and_another_when_it_is_gone
    concurrency::a_commit_wakes_who_waits
}
