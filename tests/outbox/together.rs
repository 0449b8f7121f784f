//! What becomes one mail: all that is due for one recipient in one organisation.

use coulisses_crew::db::dsl::Columns;
use coulisses_crew::db::schema::outbox;
use coulisses_crew::domains::outbox::model::Mail;
use diesel::prelude::*;
use serde_json::json;

use super::{Stage, TIMES, invite_to, on_stage, rows};
use crate::support::{accept, decline};

/// How many rows a mail is made of.
const ROWS: usize = 1_000;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_for_a_person_is_one_mail_with_a_section_for_each_mission() {
    on_stage(&[], async |stage| {
        let third = invite_to(&stage, &stage.lea, 12).await;
        let second = invite_to(&stage, &stage.lea, 11).await;
        let invited = stage.world.invite(&stage.role, &[&stage.lea]).await;
        let mails = stage.post.deliver(stage.app).await;
        assert_eq!(mails.len(), 1);
        let mail = &mails[0];
        assert_eq!(mail.subject, "Vous êtes demandé·e pour 3 missions");
        let intro = "Merci de répondre pour chacune de ces missions : chacune a son propre lien.";
        let sections = [
            intro,
            "1. Vous êtes demandé·e le 10 octobre\u{a0}: Load-in",
            "samedi 10 octobre 2026, de 10 h à 20 h (Europe/Paris)",
            "2. Vous êtes demandé·e le 11 octobre\u{a0}: Load-in",
            "dimanche 11 octobre 2026, de 10 h à 20 h (Europe/Paris)",
            "3. Vous êtes demandé·e le 12 octobre\u{a0}: Load-in",
            "lundi 12 octobre 2026, de 10 h à 20 h (Europe/Paris)",
        ];
        for shown in [&mail.text, &mail.html] {
            let at = sections.map(|part| shown.find(part).expect(part));
            assert!(at.is_sorted(), "{shown}");
            assert_eq!(shown.matches("Bonjour Léa,").count(), 1);
        }
        // The links are in the same order, and each of them answers for its mission.
        let tokens = [&*invited[0].1, &second, &third];
        assert_eq!(mail.tokens(), tokens);
        for token in tokens {
            accept(&stage.app.client(), token).await.data();
        }
        let calendar = mail.calendar.as_deref().expect("a calendar file");
        let first = format!("UID:{}\n", invited[0].0);
        for (line, times) in [("BEGIN:VEVENT", 3), (&*first, 1), ("METHOD:PUBLISH", 1)] {
            assert_eq!(calendar.matches(line).count(), times, "{line}: {calendar}");
        }
        assert_eq!(rows(stage.app).await, []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_subject_tells_what_several_missions_have_in_common_in_either_language() {
    on_stage(&[], async |stage| {
        let english = "mutation { updateOrg(input: {language: EN}) { org { id } } }";
        stage.invited(&stage.lea).await;
        let token = invite_to(&stage, &stage.lea, 11).await;
        stage.post.deliver(stage.app).await;
        accept(&stage.app.client(), &token).await.data();
        stage.later(1);
        // One mission is called off, the person is asked for another one, and the two minutes pass.
        stage.cancel(None).await;
        stage.later(120);
        invite_to(&stage, &stage.lea, 12).await;
        let told = stage.post.deliver(stage.app).await;
        assert_eq!(told.len(), 1);
        assert_eq!(
            told[0].subject,
            "Du nouveau sur 2 missions, réponse attendue"
        );
        let parts = [
            "L’une d’elles attend votre réponse.",
            "1. Annulation",
            "2. Vous êtes demandé·e le 12 octobre",
        ];
        assert!(parts.iter().all(|part| told[0].text.contains(part)));

        stage.world.owner.query(english).await.data();
        invite_to(&stage, &stage.lea, 13).await;
        invite_to(&stage, &stage.lea, 14).await;
        let told = stage.post.deliver(stage.app).await;
        assert_eq!(told[0].subject, "Are you available for 2 missions?");
        let heading = "2. Are you available on 14 October? Load-in";
        assert!(told[0].text.contains(heading), "{}", told[0].text);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mission_of_which_there_is_nothing_new_has_no_section() {
    on_stage(&[], async |stage| {
        stage.world.invite(&stage.role, &[&stage.lea]).await;
        let token = invite_to(&stage, &stage.lea, 11).await;
        stage.later(1);
        stage.cancel(None).await;
        let mails = stage.post.deliver(stage.app).await;
        assert_eq!(mails.len(), 1);
        assert_eq!(
            mails[0].subject,
            "Vous êtes demandé·e le 11 octobre : Load-in"
        );
        assert_eq!(mails[0].tokens(), [&*token]);
        assert!(!mails[0].text.contains("1."), "{}", mails[0].text);
        assert_eq!(rows(stage.app).await, []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_invited_gets_the_answers_of_several_missions_in_one_mail() {
    on_stage(&[], async |stage| {
        let marc = stage.world.user("Marc", &[]).await;
        let people = [&*stage.lea, &*marc];
        let invited = stage.world.invite(&stage.role, &people).await;
        let third = invite_to(&stage, &marc, 11).await;
        stage.post.deliver(stage.app).await;
        for token in [&invited[0].1, &invited[1].1, &third] {
            decline(&stage.app.client(), token).await.data();
        }
        let told = stage.told().await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].to, "owner@regie.example");
        assert_eq!(told[0].subject, "3 réponses : 2 missions");
        let headings = ["1. 2 réponses", "2. Refus de Marc"];
        assert!(headings.iter().all(|part| told[0].text.contains(part)));
        // All of them lead to the same page.
        let link = "https://app.coulisses.example";
        assert_eq!(told[0].text.matches(link).count(), 1, "{}", told[0].text);
        assert!(told[0].calendar.is_none());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_about_several_missions_that_is_tried_again_has_the_same_id() {
    on_stage(&[], async |stage| {
        let server = &stage.post.server;
        invite_to(&stage, &stage.lea, 11).await;
        invite_to(&stage, &stage.lea, 12).await;
        server.hang_up(true);
        assert!(stage.post.deliver(stage.app).await.is_empty());
        let first = server.heard(1).await.remove(0);
        server.hang_up(false);
        stage.later(60);
        let mails = stage.post.deliver(stage.app).await;
        let id = mails[0].header("message-id").expect("an id");
        assert!(first.contains(&format!("Message-ID: {id}")), "{first}");
    })
    .await;
}

/// Writes copies of the only row that waits, each with an id of its own.
async fn copy_row(stage: &Stage<'_>, copies: usize) {
    let app = &stage.app.state;
    let row = outbox::table.select(Mail::columns());
    let row: Mail = app
        .db
        .read(async |conn| conn.one(row).await)
        .await
        .expect("a row");
    let now = app.clock.now();
    let copy = |_| Mail {
        id: app.random.id(now),
        ..row.clone()
    };
    let mut left = copies;
    while left > 0 {
        let some: Vec<Mail> = (0..left.min(500)).map(copy).collect();
        left -= some.len();
        let write = app.db.write(async |conn| {
            let insert = diesel::insert_into(outbox::table).values(some.clone());
            conn.execute(insert).await
        });
        write.await.expect("copies");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mission_that_moves_too_often_for_one_mail_is_told_with_its_first_and_its_last_time() {
    on_stage(&[], async |stage| {
        let (_, token) = stage.invited(&stage.lea).await;
        accept(&stage.app.client(), &token).await.data();
        stage.later(1);
        stage
            .move_to(("2026-10-12T08:00:00Z", "2026-10-12T18:00:00Z"))
            .await;
        stage.later(1);
        copy_row(&stage, 2 * ROWS).await;
        stage.later(1);
        stage
            .move_to(("2026-10-13T08:00:00Z", "2026-10-13T18:00:00Z"))
            .await;
        assert_eq!(rows(stage.app).await.len(), 2 * ROWS + 2);
        stage.later(120);
        let told = stage.post.deliver(stage.app).await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].subject, "Horaire modifié, à reconfirmer : Load-in");
        for part in [
            "mardi 13 octobre 2026",
            "Ancien horaire\u{a0}: samedi 10 octobre",
        ] {
            assert!(told[0].text.contains(part), "{}", told[0].text);
        }
        assert_eq!(rows(stage.app).await.len(), 0);
        let new = told[0].token().expect("a link").to_owned();
        accept(&stage.app.client(), &new).await.data();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_answers_than_one_mail_holds_become_the_next_one() {
    on_stage(&[], async |stage| {
        let (_, token) = stage.invited(&stage.lea).await;
        decline(&stage.app.client(), &token).await.data();
        copy_row(&stage, ROWS).await;
        let told = stage.told().await;
        assert_eq!(told.len(), 2);
        for mail in told {
            assert_eq!(mail.subject, "Refus de Léa : Load-in");
        }
        assert_eq!(rows(stage.app).await.len(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_in_two_organisations_stays_apart() {
    on_stage(&[], async |stage| {
        let other = crate::support::World::new(stage.app, "scene").await;
        let project = other.project("Autre").await;
        let (_, role) = other.place(&project, TIMES, 1).await;
        let input = json!({"displayName": "Léa", "email": "lea@crew.example"});
        let lea = other.owner.mutate("createUser", "user { id }", input).await;
        other
            .invite(&role, &[lea.str("/data/createUser/user/id")])
            .await;
        stage.world.invite(&stage.role, &[&stage.lea]).await;
        let mails = stage.post.deliver(stage.app).await;
        assert_eq!(mails.len(), 2);
        assert!(mails.iter().all(|mail| mail.to == "lea@crew.example"));
        assert!(mails.iter().all(|mail| mail.tokens().len() == 1));
    })
    .await;
}
