"""Which is real? What a quiz asks, how it counts, and that its number decides all of it."""

from collections import Counter

import numpy as np
import pytest
from helpers import CLASSES
from page_helpers import alts, in_html, parts_of
from zoos import put

from demo.draw import compose
from demo.faces.visit import Visit
from demo.page import Grid, Pictures, Refusal, State, resolve
from demo.page.state import address, changed, happened
from demo.pages import compare, home
from demo.pages.quiz import PAGE, over
from demo.zoo import judge, quiz
from demo.zoo.quiz import Answer, Game, Plan
from demo.zoo.zoo import Zoo

KEYS = ["toys/told", "toys/deep", "toys/plain"]


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(judge, "COMPANY", 10)


def test_the_number_decides_and_links_stay_what_they_are():
    # Whoever changes these sends everyone who has a link to another quiz.
    assert [quiz.plan(17, number, KEYS, 12) for number in (1, 2, 9)] == [
        Plan(1, "toys/plain", 9404, 1, 1),
        Plan(2, "toys/told", 67847, 9, 1),
        Plan(9, "toys/told", 79257, 0, 0),
    ]
    assert quiz.plan(17, 5, KEYS, 12) == quiz.plan(17, 5, KEYS[::-1], 12) != quiz.plan(18, 5, KEYS, 12)


def test_everyone_comes_equally_often():
    plans = [quiz.plan(3, number, KEYS, 12) for number in range(1, 61)]
    for start in range(0, 60, 3):
        assert {plan.key for plan in plans[start : start + 3]} == set(KEYS)
    for start in range(0, 60, 12):
        assert {plan.real for plan in plans[start : start + 12]} == set(range(12))
    sides = Counter(plan.side for plan in plans)
    assert set(sides) == {0, 1} and min(sides.values()) > 15
    assert all(0 <= plan.seed < quiz.MOST_SEED for plan in plans) and len({plan.seed for plan in plans}) > 55
    assert len({tuple(plan.key for plan in plans[i : i + 3]) for i in range(0, 60, 3)}) > 1  # not always in one order


def test_the_score_by_hand():
    answers = [
        Answer(1, "a", "A", True, True),
        Answer(2, "b", "B", False, True),
        Answer(3, "a", "A", False, False),
        Answer(3, "a", "A", True, False),  # too late
        Answer(4, "c", "C", True, None),
        Answer(5, "b", "B", False, False),
    ]
    found = quiz.tally(answers)
    assert (found.rounds, found.right, found.d_rounds, found.d_right) == (5, 2, 4, 2)
    assert found.words == "You were right in 2 of 5 rounds, D in 2 of 4."
    assert quiz.table(found) == [
        ("B", "2", "2 of 2 (100 %)", "1 of 2 (50 %)"),
        ("A", "2", "1 of 2 (50 %)", "1 of 2 (50 %)"),
        ("C", "1", "0 of 1 (0 %)", "–"),
    ]
    assert quiz.tally([]).words == "No round yet." and quiz.table(quiz.tally([])) == []
    assert quiz.tally(answers[4:5]).words == "You were right in 1 of 1 rounds."


def test_a_round_shows_a_real_picture_and_one_of_the_same_class_where_that_can_be_asked_for(zoo_folder):
    zoo, seen = Zoo(zoo_folder), set()
    real = zoo.real_samples("toys", 12)
    for number in range(1, 13):
        asked = quiz.round_of(zoo, KEYS, 17, number)
        planned = asked.plan
        label = CLASSES[planned.real % 3]
        made = zoo.samples([planned.key], [planned.seed], label if planned.key == "toys/told" else None)[planned.key][0]
        np.testing.assert_array_equal(asked.pictures[planned.side], real[planned.real])
        np.testing.assert_array_equal(asked.pictures[1 - planned.side], made)
        assert asked.real_label == label and asked.label == (label if planned.key == "toys/told" else "")
        assert quiz.round_of(zoo, KEYS[::-1], 17, number).plan == planned
        seen.add(planned.key)
        assert quiz.names(asked)[planned.side] == f"Real, class {label}"
        assert quiz.names(asked)[1 - planned.side].startswith(f"{asked.title}, seed {planned.seed}")
    assert seen == set(KEYS)


def test_d_holds_the_picture_with_the_higher_score_for_real(zoo_folder):
    zoo = Zoo(zoo_folder)
    import gan_models

    for number in range(1, 7):
        asked = quiz.round_of(zoo, KEYS, 3, number)
        planned = asked.plan
        g = gan_models.load(zoo_folder / planned.key, discriminator=True)
        label = [planned.real % 3] if g.recipe.classes else None
        left, right = (g.score(picture[None], label)[0] for picture in asked.pictures)
        for side in (0, 1):
            answer = quiz.answer_of(zoo, asked, side)
            assert answer.right == (side == planned.side) and answer.number == number
            assert answer.d_right == ((left > right) == (planned.side == 0))
            words = quiz.verdict(asked, answer)
            assert words.startswith("Right." if answer.right else f"No, {asked.title} has fooled you.")
            assert words.endswith(" too.") == (answer.right == answer.d_right)


def test_without_d_there_is_no_opinion(zoo_folder):
    (zoo_folder / "toys" / "plain" / "discriminator.safetensors").unlink()
    zoo = Zoo(zoo_folder)
    asked = quiz.round_of(zoo, ["toys/plain"], 0, 1)
    answer = quiz.answer_of(zoo, asked, asked.plan.side)
    assert answer.right and answer.d_right is None
    assert quiz.verdict(asked, answer) == "Right. Its own D has no opinion."


def test_a_game_knows_its_quiz_and_its_round():
    game = Game(17, ("a", "b"))
    assert game.same(17, ["a", "b"]) and not game.same(18, ["a", "b"]) and not game.same(17, ["a"])
    assert game.answer is None
    game.answers.append(Answer(1, "a", "A", True, True))
    assert game.answer.right
    game.number += 1
    assert game.answer is None


def test_wrong_questions_get_one_sentence(zoo_folder):
    zoo = Zoo(zoo_folder)
    for question, words in (
        ((["photos/colour"], 1, 1), "A quiz needs real pictures, and there are none of photos"),
        ((["photos/colour", "toys/plain"], 1, 1), "A quiz is of one data set"),
        ((["toys/plain"], -1, 1), "A seed is a whole number"),
        (([], 1, 1), "No variant is chosen"),
    ):
        with pytest.raises(ValueError, match=words):
            quiz.round_of(zoo, *question)


# The page ---------------------------------------------------------------------------------------------------


class Player:
    """A visitor of the page, with a memory of his own."""

    def __init__(self, zoo: Zoo, **link: str):
        self.zoo, self.memory = zoo, {}
        self.query = {"data": ["toys"], **{name: [text] for name, text in link.items()}}

    @property
    def s(self) -> State:
        return resolve(PAGE, self.zoo, self.query, self.memory)

    def parts(self) -> list:
        return list(parts_of(PAGE, self.zoo, self.s).values())

    def text(self) -> str:
        return "".join(value for value in self.parts() if isinstance(value, str))

    def buttons(self) -> list[str]:
        return [button.words(self.s) for button in PAGE.buttons if button.when(self.s)]

    def press(self, words: str) -> None:
        (button,) = (one for one in PAGE.buttons if one.words(self.s) == words and one.when(self.s))
        self.query = changed(PAGE, self.s, self.query, button.do(self.zoo, self.s))


LEFT, RIGHT = "The left one is real", "The right one is real"


def test_the_page_asks_counts_and_goes_on(looked_zoo):
    zoo = Zoo(looked_zoo)
    player, keys = Player(zoo, quiz="17"), sorted(KEYS)
    for number, right in ((1, True), (2, False), (3, True)):
        assert f"Round {number}" in player.text() and player.buttons() == ["Another quiz", LEFT, RIGHT]
        asked = quiz.round_of(zoo, keys, 17, number)
        for picture, shown in zip(asked.pictures, in_html(player.text()), strict=True):
            scale = compose.scale_of(len(picture), 252)
            np.testing.assert_array_equal(shown, compose.enlarge(picture, scale)[..., 0])
        assert alts(player.text()) == ["The picture on the left", "The picture on the right"]  # nothing that tells
        side = asked.plan.side if right else 1 - asked.plan.side
        player.press((LEFT, RIGHT)[side])
        assert alts(player.text())[asked.plan.side].startswith("Real, class")
        assert f"seed {asked.plan.seed}" in alts(player.text())[1 - asked.plan.side]
        assert ("Right." in player.text()) == right and (f"{asked.title} has fooled you" in player.text()) != right
        assert player.buttons() == ["Another quiz", "Next round"]
        player.press("Next round")
    assert "You were right in 2 of 3 rounds" in player.text()
    (table,) = (value for value in player.parts() if isinstance(value, Grid))
    assert len(table.rows) == 3 and all(len(row) == len(table.headers) for row in table.rows)
    player.query["quiz"] = ["18"]  # another quiz, from its first round
    assert "Round 1" in player.text() and "No round yet." in player.text()


def test_a_click_on_a_picture_is_an_answer_and_the_first_one_counts(looked_zoo):
    player = Player(Zoo(looked_zoo), quiz="17")
    (part,) = (part for part in PAGE.parts if isinstance(part, Pictures))
    for which in (5, 1, 0):
        happened(part, player.zoo, player.s, player.query, {"which": which, "x": 0.5, "y": 0.5})
    (given,) = player.memory["game"].answers
    assert given.right == (quiz.plan(17, 1, sorted(KEYS), 12).side == 1)


def test_every_visitor_has_a_score_of_his_own(looked_zoo):
    zoo = Zoo(looked_zoo)
    one, other = Player(zoo, quiz="17"), Player(zoo, quiz="17")
    assert one.text() == other.text()
    one.press(LEFT)
    assert LEFT in other.buttons() and "No round yet." in other.text() and "No round yet." not in one.text()


def test_another_quiz_has_a_number_that_the_link_says(looked_zoo):
    player = Player(Zoo(looked_zoo), quiz="17")
    player.press("Another quiz")
    assert address(player.s)["quiz"] == player.query["quiz"] != ["17"] and "Round 1" in player.text()


@pytest.mark.parametrize(
    ("link", "words"),
    [({"data": "photos"}, "there are none of photos in this zoo"), ({"variants_toys": "none"}, "Choose one variant")],
)
def test_a_quiz_that_cannot_be_is_one_sentence(zoo_folder, link, words):
    player = Player(Zoo(zoo_folder), **link)
    told = {value.sentence for value in player.parts() if isinstance(value, Refusal)}
    assert len(told) == 1 and words in told.pop()
    assert not {"Next round"} & set(player.buttons())


# A quiz with an end -----------------------------------------------------------------------------------------


def test_a_quiz_ends_after_its_rounds_and_its_link_says_the_score(looked_zoo):
    player = Player(Zoo(looked_zoo), quiz="17", rounds="5")
    keys, rights = sorted(KEYS), (True, True, False, True, False)
    for number, right in enumerate(rights, 1):
        assert f"Round {number} of 5" in player.text()
        side = quiz.plan(17, number, keys, 12).side
        player.press((LEFT, RIGHT)[side if right else 1 - side])
        assert player.buttons() == ["Another quiz", "Next round" if number < 5 else "Show the result"]
        player.press(player.buttons()[1])
    assert address(player.s)["score"] == ["3"] and address(player.s)["rounds"] == ["5"]
    assert "3 of 5" in player.text() and quiz.HAND_IN in player.text() and "<img" not in player.text()
    assert player.buttons() == ["Another quiz", "Play these rounds"]
    other = Player(player.zoo, **{name: texts[0] for name, texts in address(player.s).items()})
    assert "3 of 5" in other.text() and quiz.EDITED in other.text() and quiz.HAND_IN not in other.text()
    other.press("Play these rounds")
    assert "Round 1 of 5" in other.text() and "score" not in address(other.s)
    player.press("Play these rounds")
    assert "Round 1 of 5" in player.text() and "No round yet." in player.text()
    player.query["score"] = ["5"]  # whoever edits his link gets no result of his own
    assert quiz.EDITED in player.text()


def test_a_quiz_without_end_goes_on(looked_zoo):
    player = Player(Zoo(looked_zoo), quiz="17", rounds="No end", score="3")
    for number in range(1, 8):
        assert f"<h2>Round {number}</h2>" in player.text()
        player.press(LEFT)
        player.press("Next round")


def test_a_score_that_cannot_be_is_told(looked_zoo):
    player = Player(Zoo(looked_zoo), quiz="17", rounds="5", score="6")
    assert "a score of 6 in 5 rounds, which is impossible." in str(player.parts())


def test_what_guessing_is_worth_by_hand():
    assert quiz.by_chance(0, 5) == 1 and quiz.by_chance(5, 5) == 1 / 32 and quiz.by_chance(4, 5) == 6 / 32
    assert quiz.result(2, 5).endswith("in about half of the rounds.") and quiz.result(4, 5).endswith(
        "in 19 % of such quizzes."
    )
    assert quiz.result(10, 10).endswith("hardly ever.")


# A score belongs to its quiz --------------------------------------------------------------------------------


def identity(s: State) -> tuple:
    return s.data, s.quiz, s.rounds, tuple(s.chosen)


@pytest.mark.parametrize(
    "change",
    [{"quiz": 5}, {"rounds": 10}, {"rounds": 0}, {"data": "photos"}, {"variants": ("toys/plain",)}, {"variants": ()}],
)
def test_a_change_of_the_quiz_takes_its_score_away(zoo_folder, change):
    player = Player(Zoo(zoo_folder), quiz="17", rounds="5", score="4")
    assert player.s.score == 4
    player.query = changed(PAGE, player.s, player.query, change)
    assert player.s.score is None and not over(player.s)


def test_another_quiz_has_no_score_yet(zoo_folder):
    player = Player(Zoo(zoo_folder), quiz="17", rounds="5", score="4")
    player.press("Another quiz")
    assert player.s.quiz != 17 and player.s.score is None


@pytest.mark.parametrize("change", [{"data": "photos"}, {"variants": ("toys/plain",)}])
def test_a_choice_on_another_page_takes_the_score_away_as_well(zoo_folder, change):
    player = Player(Zoo(zoo_folder), quiz="17", rounds="5", score="4")
    before = identity(player.s)
    there = resolve(compare.PAGE, player.zoo, player.query)
    player.query = changed(compare.PAGE, there, player.query, {"images": 4})
    assert player.s.score == 4, "the number of pictures there is nothing of the quiz"
    there = resolve(compare.PAGE, player.zoo, player.query)
    player.query = changed(compare.PAGE, there, player.query, change)
    assert identity(player.s) != before and player.s.score is None


def test_links_to_a_quiz_open_the_quiz_and_no_result(zoo_folder):
    put(zoo_folder / "toys" / "dcgan", name="dcgan", title="DCGAN", year=2014)
    zoo = Zoo(zoo_folder)
    found = [(view, query) for _, view, query in (*home.examples(zoo.catalog().of("toys")), *home.LEARN)]
    quizzes = [query for view, query in found if view == "quiz"]
    assert len(quizzes) == 2
    for query in quizzes:
        player = Player(zoo, quiz="1", score="7", variants_toys="DCGAN")
        player.query = happened(None, zoo, None, player.query, {"change": query})
        assert player.s.score is None and f"Round 1 of {player.s.rounds}" in player.text()


def test_a_link_with_a_score_shows_that_score(zoo_folder):
    zoo, visit = Zoo(zoo_folder), Visit()
    for link in ({"quiz": ["17"], "score": ["7"]}, {"quiz": ["5"], "score": ["7"]}):
        assert visit.arrive(PAGE, zoo, {"data": ["toys"], **link}).score == 7
    assert visit.arrive(PAGE, zoo, {"data": ["toys"], "quiz": ["4"]}).score is None
    assert visit.arrive(PAGE, zoo, {"data": ["toys"], "quiz": ["5"], "score": ["7"]}).score == 7
    assert visit.arrive(compare.PAGE, zoo, {"data": ["photos"]}).data == "photos"
    assert visit.state(PAGE, zoo).score is None, "a link to another data set is a link to another quiz"
