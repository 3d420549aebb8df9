//! Files for a partner, with something between what was looked up and what is logged.

use std::collections::HashSet;

use crate::backend::tests::{Released, files_told};
use crate::ground::tests::{INDICATOR, liaison};
use crate::hand_out::Reader;
use crate::{Actor, NodeError};

/// What ends between the look and the log.
#[derive(Debug, Clone, Copy)]
enum Ends {
    Partner,
    Object,
}

#[tokio::test]
async fn no_file_takes_along_what_ended_between_the_look_and_the_log() {
    for ends in [Ends::Partner, Ends::Object] {
        let at = Released::new().await;
        let (ec, who) = (&at.ec, Reader::of(&at.us, Some(&at.lineage)));
        let ground = ec.ground_of_reader(&who).await.unwrap().unwrap();
        let to = ec.addressee(&at.us).await.unwrap();
        let visible = ec.readable(&who).await.unwrap();
        let loads = ec.loads(&who, &visible, 0, &HashSet::new()).await.unwrap();
        assert_eq!(loads.len(), 1);
        let chosen = ec.chosen(&who, &visible, &loads).await.unwrap();
        match ends {
            Ends::Partner => drop(ec.partner_revoke(&Actor::console(), &at.us).await.unwrap()),
            Ends::Object => drop(ec.recall(&liaison(), INDICATOR, None).await.unwrap()),
        }
        let papers = (Vec::new(), Vec::new());
        let visible = (visible.as_slice(), ground);
        let file = ec.carry_chosen(&liaison(), &who, visible, to, (loads, chosen), papers).await;
        assert!(matches!(file, Err(NodeError::Changed { .. })), "{ends:?}: {file:?}");
        assert_eq!(at.told().await, [""; 0], "{ends:?}");
        assert_eq!(files_told(ec).await, 0, "{ends:?}");
    }
}

#[tokio::test]
async fn a_file_of_papers_alone_is_not_written_for_a_partner_that_was_cut_off_meanwhile() {
    let at = Released::new().await;
    let (ec, who) = (&at.ec, Reader::of(&at.us, None));
    let ground = ec.ground_of_reader(&who).await.unwrap().unwrap();
    let to = ec.addressee(&at.us).await.unwrap();
    let others = ec.papers_for(&at.us).await.unwrap();
    assert!(!others.is_empty());
    ec.partner_revoke(&Actor::console(), &at.us).await.unwrap();
    let papers = (Vec::new(), others);
    let file = ec.carry(&liaison(), &who, (&[], ground), to, Vec::new(), papers).await;
    assert!(matches!(file, Err(NodeError::Changed { .. })), "{file:?}");
    assert_eq!(files_told(ec).await, 0);
}

#[tokio::test]
async fn a_file_holds_what_the_log_says_that_it_holds() {
    let at = Released::new().await;
    let file = at.ec.release_file(&liaison(), &at.release).await.unwrap();
    assert_eq!(at.told().await.len(), file.objects + file.releases);
    assert_eq!(files_told(&at.ec).await, 1);
}
