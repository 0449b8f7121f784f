//! Files as theatres have them.

use serde_json::{Value, json};

use super::with_the_roster_script;
use crate::support::World;

/// All people of the organisation, with every field that a file can give them.
async fn people(world: &World<'_>) -> Value {
    let query = "{ users { nodes { displayName email phone skills tags } } }";
    world.owner.query(query).await.data()["users"]["nodes"].clone()
}

/// The bytes of a text in Windows-1252; only the letters that Latin-1 has, too, and œ.
fn windows_1252(text: &str) -> Vec<u8> {
    let byte = |c| match c {
        'œ' => 0x9c,
        c => u8::try_from(c).expect("a letter of Latin-1"),
    };
    text.chars().map(byte).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_roster_script_reads_every_column_in_the_encodings_and_separators_of_spreadsheets() {
    with_the_roster_script(async |_, world, desk| {
        let french = "NOM ; Prénom ;E-mail;Téléphone;Compétences;Étiquettes;;\r\n\
            Lebœuf;Noé;NOE@example.org;06 12 34 56 78;\"son; lumière\";CDI, nuit;;\r\n\
            ;;;;;;;\r\n\
            L'Hermitte;;;;;;;\r\n";
        let (status, summary, complaints) = desk.import(french).await;
        assert_eq!(summary, "2 imported, 0 already there, 0 left out");
        assert_eq!((status, complaints.len()), (0, 0), "{complaints:?}");
        let expected = json!([
            {"displayName": "L'Hermitte", "email": null, "phone": null, "skills": [], "tags": []},
            {"displayName": "Noé Lebœuf", "email": "noe@example.org", "phone": "06 12 34 56 78",
             "skills": ["lumière", "son"], "tags": ["CDI", "nuit"]},
        ]);
        assert_eq!(people(&world).await, expected);

        // Whoever is there already, with all that the file says, was read to the last letter.
        let little_endian = french.encode_utf16().flat_map(u16::to_le_bytes);
        let big_endian = french.encode_utf16().flat_map(u16::to_be_bytes);
        let english = "name, email, Phone Number, skills\n\
            Noé Lebœuf, noe@example.org, 06 12 34 56 78, \"son, lumière\"\n\
            L'Hermitte\n";
        for (file, told) in [
            (
                format!("\u{feff}{french}").into_bytes(),
                "UTF-8, separated by semicolons",
            ),
            (
                format!("sep=;\r\n{french}").into_bytes(),
                "UTF-8, separated by semicolons",
            ),
            (
                french.replace('é', "e\u{301}").into_bytes(),
                "UTF-8, separated by semicolons",
            ),
            (
                windows_1252(french),
                "Windows-1252, separated by semicolons",
            ),
            (
                [0xff, 0xfe].into_iter().chain(little_endian).collect(),
                "UTF-16, separated by semicolons",
            ),
            (
                [0xfe, 0xff].into_iter().chain(big_endian).collect(),
                "UTF-16, separated by semicolons",
            ),
            (english.as_bytes().to_vec(), "UTF-8, separated by commas"),
            (
                english
                    .replace(", ", "\t")
                    .replace("son\t", "son, ")
                    .into_bytes(),
                "UTF-8, separated by tabs",
            ),
        ] {
            desk.write(file);
            let (status, printed, complaints) = desk.roster(&["import", "people.csv"]).await;
            assert!(
                printed.starts_with(&format!("people.csv: {told}: ")),
                "{printed}"
            );
            assert!(
                printed.ends_with("\n0 imported, 2 already there, 0 left out\n"),
                "{told}: {printed}"
            );
            // A person without an address is recognised by the name alone, and that is said.
            assert!(
                complaints.contains("L'Hermitte is there already"),
                "{complaints}"
            );
            assert_eq!((status, complaints.lines().count()), (0, 1), "{complaints}");
        }
        assert_eq!(people(&world).await, expected);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_roster_script_tells_the_columns_that_it_leaves_out() {
    with_the_roster_script(async |_, world, desk| {
        let lines = "Nom;Taille;Portable;Téléphone;;Remarque\n\
            Léa;M;06 1;01 1;x;\n\
            Noé;L;06 2;;;\n";
        let (status, summary, complaints) = desk.import(lines).await;
        assert_eq!(
            summary,
            "2 imported, 0 already there, 0 left out, 3 columns left out"
        );
        assert_eq!(
            complaints,
            [
                "line 1: the column “Taille” is left out with 2 values: no field is called so",
                "line 1: the column “Téléphone” is left out with 1 value: \
                 “Portable” is taken instead",
                "line 1: column 5, which has no heading, is left out with 1 value: \
                 no field is called so",
            ]
        );
        assert_eq!(status, 1);
        assert_eq!(people(&world).await[0]["phone"], "06 1");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_roster_script_imports_good_lines_and_tells_the_fault_of_each_other_line() {
    with_the_roster_script(async |_, world, desk| {
        let lines = "name,email,phone,skills\n\
            Zoë,not an address\n\
            Åke,two@at@signs\n\
            ,nobody@example.org\n\
            Sam,sam@example.org,,sound,rigging\n\
            \"Petit, Noé,noe@example.org\n\
            Léa,lea@example.org\n\
            \"Max\" the rigger,max@example.org\n\
            Kim,\"kim@example.org\n\
            Jo,jo@example.org\",\n\
            Lou,lou@example.org,\"3,36123E+11\"\n\
            Éva,eva@example.org\n";
        let (status, summary, complaints) = desk.import(lines).await;
        assert_eq!(summary, "2 imported, 0 already there, 8 left out");
        let expected = [
            "line 2: email: “not an address” is not an e-mail address",
            "line 3: email: This is not an e-mail address. (BAD_USER_INPUT)",
            "line 4: there is no name",
            "line 5: there are more values than columns",
            "line 6: a quotation mark is missing or astray",
            "line 8: a quotation mark is missing or astray",
            "lines 9 to 10: a value runs over several lines",
            "line 11: phone: the spreadsheet has shortened the number to 3,36123E+11",
        ];
        assert_eq!(complaints.len(), expected.len(), "{complaints:#?}");
        for (complaint, expected) in complaints.iter().zip(expected) {
            assert!(complaint.starts_with(expected), "{complaint}");
        }
        assert_eq!(status, 1);
        let names = people(&world).await;
        assert_eq!(
            (&names[0]["displayName"], &names[1]["displayName"]),
            (&json!("Éva"), &json!("Léa"))
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_roster_script_loses_only_the_line_of_a_bad_byte() {
    with_the_roster_script(async |_, _, desk| {
        // In a file without accents, 0xff is more likely damage than a letter.
        for (name, bad_byte, count) in [("Zoé", 0xe9, 250), ("Zoe", 0xff, 5), ("Zoe", 0x81, 5)] {
            let mut file = b"name,email\n".to_vec();
            for number in 2..count + 2 {
                let name = if number == count { "Bad" } else { name };
                let line = format!("{name} {number},{bad_byte}-{number}@example.org\n");
                file.extend(line.bytes());
            }
            let place = file.windows(4).position(|bytes| bytes == b"Bad ");
            file[place.expect("the bad line")] = bad_byte;
            desk.write(&file);
            let (status, printed, complaints) = desk.roster(&["import", "people.csv"]).await;
            let summary = format!("\n{} imported, 0 already there, 1 left out\n", count - 1);
            assert!(printed.ends_with(&summary), "{printed}");
            let steps = ["100 of 250 lines", "200 of 250 lines"];
            let (told, bad): (Vec<&str>, Vec<&str>) =
                complaints.lines().partition(|line| steps.contains(line));
            assert_eq!(told.len(), if count == 250 { 2 } else { 0 }, "{told:?}");
            let fault = format!("people.csv, line {count}: a letter cannot be read as ");
            assert!(bad.len() == 1 && bad[0].starts_with(&fault), "{bad:?}");
            assert_eq!(status, 1);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_roster_script_tells_two_people_of_one_address() {
    with_the_roster_script(async |_, world, desk| {
        let lines = "name,email,skills\n\
            Léa,lea@example.org,son\n\
            Sam,sam@example.org,\n\
            Léo,LEA@example.org,\n";
        let (status, summary, complaints) = desk.import(lines).await;
        assert_eq!(summary, "2 imported, 0 already there, 1 left out");
        assert_eq!(
            complaints,
            ["line 4: email: lea@example.org stands in line 2, too; \
                 a person has an address of their own"]
        );
        assert_eq!(status, 1);

        let lines = "name,email,skills\n\
            Léa,lea@example.org,\n\
            Sam,sam@example.org,C++\n\
            Noé,noe@example.org,\n";
        let (status, summary, complaints) = desk.import(lines).await;
        assert_eq!(summary, "1 imported, 1 already there, 1 left out");
        assert_eq!(
            complaints,
            ["line 3: email: sam@example.org is there already, as Sam; \
                 the line differs in skills, and nothing was changed"]
        );
        assert_eq!(status, 1);
        assert_eq!(people(&world).await.as_array().map(Vec::len), Some(3));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_roster_script_knows_people_by_a_domain_in_punycode_and_by_an_equal_line() {
    with_the_roster_script(async |_, world, desk| {
        let lines = "name,email\nLéa,lea@bücher.example\nSam,\nSam,\n";
        let (status, summary, complaints) = desk.import(lines).await;
        assert_eq!(summary, "2 imported, 1 already there, 0 left out");
        assert_eq!(
            complaints,
            ["line 4: Sam is there already, and is taken for the same, \
                 because neither has an address"]
        );
        assert_eq!(status, 0);

        let lines = "name,email\nLéa,LEA@xn--bcher-kva.example\n";
        let (status, summary, complaints) = desk.import(lines).await;
        assert_eq!(summary, "0 imported, 1 already there, 0 left out");
        assert_eq!((status, complaints.len()), (0, 0), "{complaints:?}");
        assert_eq!(people(&world).await.as_array().map(Vec::len), Some(2));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_of_the_roster_script_tells_the_same_and_changes_nothing() {
    with_the_roster_script(async |_, world, desk| {
        desk.write("name,email,size\nLéa,lea@example.org,M\nSam,sam\n");
        let (status, printed, complaints) =
            desk.roster(&["import", "--dry-run", "people.csv"]).await;
        let summary = "\n1 would be imported, 0 already there, 1 left out, 1 column left out\n";
        assert!(printed.ends_with(summary), "{printed}");
        let (same_status, _, same_complaints) = {
            assert_eq!(people(&world).await, json!([]));
            desk.roster(&["import", "people.csv"]).await
        };
        assert_eq!((status, complaints), (same_status, same_complaints));
        assert_eq!(status, 1);
        assert_eq!(people(&world).await[0]["displayName"], "Léa");
    })
    .await;
}
